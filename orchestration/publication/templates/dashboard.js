// The dashboard: four filters, kept in the address; what they leave is told in a sentence, a chart and a table.
// Figures come rounded from the release. Nothing is computed here, and what publishers wrote is only ever text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("content").textContent);
  const EVERY = "every";
  const DASH = "\u2013";
  const STARTS_WITH = 20; // periods, until the reader picks others
  const AREA_HEIGHT = 20; // in the chart of areas
  const [MEASURE, AREA, FROM, TO] = ["measure", "area", "from", "to"].map((id) => document.getElementById(id));

  // series[measure][area] are the baseline of a series and its rows, in the order of their periods
  const series = data.measures.map(() => new Map());
  for (const [measure, area, baseline, rows] of data.series) {
    series[measure].set(area, { baseline, rows });
  }
  // Where the cells of each column stand in a row: an interval has two.
  let width = 0;
  for (const each of data.columns) {
    each.at = width;
    width += each.kind === "interval" ? 2 : 1;
  }
  const column = (title) => data.columns.findIndex((each) => each.title === title);
  const [FIGURE, INTERVAL, CHANGE, ASSESSMENT] = ["Figure", "95% interval", "Change", "Assessment"].map(column);
  const [RATE, RATE_INTERVAL] = ["Per 1,000 residents", "95% interval of the rate"].map(column);
  const start = (row) => data.periods[row.period][0];
  const end = (row) => data.periods[row.period][1];
  const periodName = (row) => data.periods[row.period][2];
  const before = (row) => data.periods[row.period][3];

  // --- spelling ---

  function number(value, places) {
    const [whole, decimals] = Math.abs(value).toFixed(places).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return (value < 0 ? "\u2212" : "") + grouped + (decimals ? `.${decimals}` : "");
  }

  // What the release holds of a row in a column: one value, or both limits of an interval.
  function held(row, place) {
    const { kind, at } = data.columns[place];
    return row.cells.slice(at, at + (kind === "interval" ? 2 : 1));
  }

  function spelled(row, place) {
    const { kind, unit } = data.columns[place];
    const [first, second] = held(row, place);
    if (kind === "words") return data.words[first];
    if (first === null) return (place === FIGURE && row.marks.split(" ")[0]) || DASH;
    const { places, suffix, changeSuffix } = row.measure.spelling[unit];
    if (kind === "interval") return `${number(first, places)}${suffix} to ${number(second, places)}${suffix}`;
    if (kind === "change") return (first > 0 ? "+" : "") + number(first, places) + changeSuffix;
    return number(first, places) + suffix;
  }

  // --- the selection ---

  function rowsOf(measure, area) {
    const { baseline, rows } = series[measure].get(area);
    return rows.map(([period, note, ...cells]) => ({
      measure: data.measures[measure],
      area: data.areas[area][1],
      period,
      baseline,
      marks: data.notes[note][0],
      caution: data.notes[note][1],
      cells,
    }));
  }

  function areasOf(measure) {
    return [...series[measure].keys()].sort((one, other) => {
      const [first, second] = [one, other].map((area) => data.london.indexOf(data.areas[area][0]));
      if (first >= 0 || second >= 0) return (first < 0 ? 9 : first) - (second < 0 ? 9 : second);
      return data.areas[one][1].localeCompare(data.areas[other][1], "en-GB");
    });
  }

  function areasSelected() {
    const areas = areasOf(Number(MEASURE.value));
    return AREA.value === EVERY ? areas : areas.filter((area) => data.areas[area][0] === AREA.value);
  }

  function periodsSelected() {
    const ends = new Map();
    for (const area of areasSelected()) {
      for (const row of rowsOf(Number(MEASURE.value), area)) ends.set(end(row), periodName(row));
    }
    return [...ends].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  function rowsSelected() {
    const from = AREA.value === EVERY ? TO.value : FROM.value;
    return areasSelected()
      .flatMap((area) => rowsOf(Number(MEASURE.value), area))
      .filter((row) => from <= end(row) && end(row) <= TO.value);
  }

  // --- the filters ---

  function option(value, text) {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = text;
    return made;
  }

  function offerMeasures() {
    const groups = new Map();
    data.measures.forEach((measure, place) => {
      groups.set(measure.under, [...(groups.get(measure.under) ?? []), option(place, measure.name)]);
    });
    for (const [under, options] of groups) {
      options.sort((one, other) => one.textContent.localeCompare(other.textContent, "en-GB"));
      if (!under) {
        MEASURE.append(...options);
        continue;
      }
      const group = document.createElement("optgroup");
      group.label = under;
      group.append(...options);
      MEASURE.append(group);
    }
  }

  // Offer what the filters before leave, and keep what was wanted as far as it is offered.
  function offer(wanted) {
    const areas = areasOf(Number(MEASURE.value)).map((area) => data.areas[area]);
    const options = areas.map(([code, name]) => option(code, name));
    if (areas.length > 2) options.splice(1, 0, option(EVERY, "Every area, in one period"));
    AREA.replaceChildren(...options);
    const codes = [...AREA.options].map((each) => each.value);
    AREA.value = codes.includes(wanted.area) ? wanted.area : codes[0];

    const periods = periodsSelected();
    for (const select of [FROM, TO]) select.replaceChildren(...periods.map(([day, name]) => option(day, name)));
    const days = periods.map(([day]) => day);
    const within = wanted.from && wanted.to ? days.filter((day) => wanted.from <= day && day <= wanted.to) : [];
    const kept = within.length ? within : days.slice(-STARTS_WITH);
    [FROM.value, TO.value] = [kept[0], kept[kept.length - 1]];
    FROM.disabled = AREA.value === EVERY;
  }

  // The periods that the reader or the address asked for, in whatever series; until then the latest are shown.
  let asked = {};

  function readAddress() {
    const wanted = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const group = wanted.group || "all";
    let measure = data.measures.findIndex((each) => each.id === wanted.measure && each.group === group);
    for (const id of data.headline) {
      if (measure < 0) measure = data.measures.findIndex((each) => each.id === id);
    }
    MEASURE.value = Math.max(0, measure);
    asked = { from: wanted.from, to: wanted.to };
    offer({ area: wanted.area, ...asked });
  }

  function writeAddress() {
    const { id, group } = data.measures[MEASURE.value];
    const kept = new URLSearchParams({
      measure: id,
      ...(group === "all" ? {} : { group }),
      area: AREA.value,
      from: FROM.value,
      to: TO.value,
    });
    history.replaceState(null, "", `#${kept}`);
  }

  // --- what is shown ---

  function title() {
    const { name } = data.measures[MEASURE.value];
    const area = AREA.value === EVERY ? TO.selectedOptions[0].textContent : AREA.selectedOptions[0].textContent;
    return `${name}, ${area}`;
  }

  function tellSummary(rows) {
    const { name, unit } = data.measures[MEASURE.value];
    const last = rows[rows.length - 1];
    const said = [];
    if (!last) {
      said.push(`There are no figures of ${name} for this selection.`);
    } else if (AREA.value === EVERY) {
      said.push(`${name} (${unit}): ${rows.length} areas, ${periodName(last)}.`);
    } else {
      const count = rows.length === 1 ? "1 period" : `${rows.length} periods`;
      const interval = held(last, INTERVAL)[0] === null ? "" : ` (95% interval ${spelled(last, INTERVAL)})`;
      said.push(`${name} (${unit}), ${last.area}: ${count}.`);
      said.push(`${periodName(last)}: ${spelled(last, FIGURE)}${interval}.`);
      said.push(`Change from ${before(last)}: ${spelled(last, CHANGE)}; ${spelled(last, ASSESSMENT).toLowerCase()}.`);
    }
    document.getElementById("summary").textContent = said.join(" ");
  }

  function point(row, figure, interval) {
    const [value] = held(row, figure);
    const [lower, upper] = held(row, interval);
    return {
      period_end: end(row),
      period: periodName(row),
      area: row.area,
      value,
      lower,
      upper,
      figure: spelled(row, figure),
      interval: spelled(row, interval),
    };
  }

  const NOTHING_TO_DRAW = "There is no figure to draw in this selection.";
  const NOT_DRAWN = "The chart could not be drawn here; its figures are in the table.";

  function noteOf(every, byRate) {
    const band = "Shaded: the 95% interval, where one is published.";
    const ranks =
      "Each dot is an area, on its 95% interval where one is published. Areas whose intervals overlap cannot be " +
      "ranked against each other with confidence.";
    const residents =
      " Rates count offences in a borough against the people who live there. Central boroughs draw many who do not.";
    return `${every ? ranks : band} The scale begins at zero.${byRate ? residents : ""}`;
  }

  // The known breaks of the measure, each its day and what is said of it, within the periods of the rows.
  function breaksWithin(rows) {
    return data.measures[MEASURE.value].breaks.filter(
      ([day]) => rows.length && start(rows[0]) < day && day <= end(rows[rows.length - 1]),
    );
  }

  async function draw(rows) {
    const every = AREA.value === EVERY;
    const byRate = every && RATE >= 0 && rows.some((row) => held(row, RATE)[0] !== null);
    const columns = byRate ? [RATE, RATE_INTERVAL] : [FIGURE, INTERVAL];
    const shown = rows.map((row) => point(row, ...columns)).filter((each) => !every || each.value !== null);
    if (every) shown.sort((one, other) => other.value - one.value);
    const drawable = shown.some((each) => each.value !== null);
    const unit = byRate ? "per 1,000 residents" : data.measures[MEASURE.value].unit;
    const chart = document.getElementById("chart");
    document.getElementById("chart-title").textContent = `${title()}: ${unit}`;
    const breaks = every ? [] : breaksWithin(rows);
    const notes = [noteOf(every, byRate), ...breaks.map(([, note]) => note)];
    document.getElementById("chart-note").textContent = drawable ? notes.join(" ") : NOTHING_TO_DRAW;
    chart.setAttribute(
      "aria-label",
      `${every ? "Dot" : "Line"} chart of ${shown.length} figures: ${title()}. All of them are in the table below.`,
    );
    chart.hidden = !drawable;
    const specification = every
      ? { ...data.charts.areas, height: AREA_HEIGHT * shown.length, datasets: { shown } }
      : { ...data.charts.periods, datasets: { shown, breaks: breaks.map(([day]) => ({ day })) } };
    // Errors alone are told: that a series without intervals has an empty band is no news.
    const options = { mode: "vega-lite", ast: true, actions: false, renderer: "svg", defaultStyle: false, logLevel: 1 };
    try {
      await window.vegaEmbed(chart, specification, options);
    } catch {
      chart.hidden = true;
      document.getElementById("chart-note").textContent = NOT_DRAWN;
    }
  }

  function cell(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  // Status stands beside the figure and its interval, after the name of the row.
  function withStatus(cells, status) {
    return cells.toSpliced(INTERVAL + 2, 0, status);
  }

  // The caption names what all rows have in common: the area, or the period.
  function headings() {
    return withStatus([AREA.value === EVERY ? "Area" : "Period", ...data.columns.map((each) => each.title)], "Status");
  }

  // The words of a row, in the order of the headings.
  function line(row) {
    const name = AREA.value === EVERY ? row.area : periodName(row);
    return withStatus([name, ...data.columns.map((_, place) => spelled(row, place))], row.marks);
  }

  function fillTable(rows) {
    document.getElementById("caption").textContent = `${title()}: the figures shown`;
    const numeric = withStatus([false, ...data.columns.map(({ kind }) => kind !== "words")], false);
    const style = (index) => (numeric[index] ? { class: "n" } : {});
    const head = document.createElement("tr");
    head.append(...headings().map((text, index) => cell("th", text, { scope: "col", ...style(index) })));
    document.getElementById("head").replaceChildren(head);
    const ordered = AREA.value === EVERY ? rows : rows.toReversed();
    document.getElementById("rows").replaceChildren(
      ...ordered.map((row) => {
        const made = document.createElement("tr");
        made.append(
          ...line(row).map((text, index) => cell(index ? "td" : "th", text, index ? style(index) : { scope: "row" })),
        );
        return made;
      }),
    );
  }

  function explain(rows) {
    const found = new Set(rows.flatMap((row) => row.marks.split(" ")).filter(Boolean));
    const notes = [...found].sort().map((mark) => `${mark} ${data.shorthand[mark]}`);
    const broken = rows.filter((row) => row.caution);
    notes.push(...new Set(broken.map((row) => `Not like for like with ${before(row)}: ${row.caution}.`)));
    for (const baseline of new Set(rows.map((row) => row.baseline).filter(Boolean))) notes.push(baseline);
    document.getElementById("notes").replaceChildren(...notes.map((note) => cell("li", note)));
  }

  // --- the file ---

  // What a spreadsheet would run is made text, as in every CSV file of the release; figures are no text.
  function csvCell(value) {
    const isRun = typeof value === "string" && new RegExp(data.runBySpreadsheets).test(value);
    const text = `${isRun ? "'" : ""}${value ?? ""}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv(rows) {
    const titles = ["measure_id", "group_id", "Measure", "Area", "Period start", "Period end"];
    const further = data.columns.flatMap(({ title, kind }) =>
      kind === "interval" ? [`${title}, lower`, `${title}, upper`] : [title],
    );
    const lines = rows.map((row) => [
      row.measure.id,
      row.measure.group,
      row.measure.name,
      row.area,
      ...data.periods[row.period].slice(0, 2),
      ...data.columns.flatMap(({ kind }, place) => (kind === "words" ? [spelled(row, place)] : held(row, place))),
      row.marks,
    ]);
    return [[...titles, ...further, "Status"], ...lines].map((each) => each.map(csvCell).join(",") + "\n").join("");
  }

  function download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv(rowsSelected())], { type: "text/csv;charset=utf-8" }));
    link.download = data.file;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // --- the page ---

  function show() {
    const rows = rowsSelected();
    tellSummary(rows);
    fillTable(rows);
    explain(rows);
    return draw(rows);
  }

  function change({ target }) {
    if (target === FROM && FROM.value > TO.value) TO.value = FROM.value;
    if (target === TO && FROM.value > TO.value) FROM.value = TO.value;
    if (target === FROM || target === TO) asked = { from: FROM.value, to: TO.value };
    offer({ area: AREA.value, ...asked });
    writeAddress();
    show();
  }

  document.getElementById("board").hidden = false;
  offerMeasures();
  readAddress();
  for (const select of [MEASURE, AREA, FROM, TO]) select.addEventListener("change", change);
  window.addEventListener("hashchange", () => {
    // The link that skips to the content picks nothing.
    if (location.hash === "#main") return writeAddress();
    readAddress();
    show();
  });
  document.getElementById("download").addEventListener("click", download);
  show();
})();
