"""The offence categories of the MPS recorded-crime files, era by era, as the files spell them.

Header and taxonomy change independently, so the taxonomies stand apart from the layouts. Each is complete, some said
as what changed against the one before: a category outside all of them stops the delivery, because nothing would map
it to a measure.
"""

from sources.feed import Taxonomy


def _taxonomy(name: str, tree: dict[str, tuple[str, ...]]) -> Taxonomy:
    return Taxonomy(name, frozenset(f"{major}/{minor}" for major, minors in tree.items() for minor in minors))


CRIS_2023 = _taxonomy(
    "cris-2023",
    {
        "Arson and Criminal Damage": (
            "Arson",
            "Criminal Damage",
        ),
        "Burglary": (
            "Burglary Business and Community",
            "Domestic Burglary",
        ),
        "Drug Offences": (
            "Drug Trafficking",
            "Possession of Drugs",
        ),
        "Historical Fraud and Forgery": ("Historical Fraud and Forgery",),
        "Miscellaneous Crimes Against Society": (
            "Absconding from Lawful Custody",
            "Aiding Suicide",
            "Bail Offences",
            "Bigamy",
            "Dangerous Driving",
            "Disclosure, Obstruction, False or Misleading State",
            "Exploitation of Prostitution",
            "Forgery or Use of Drug Prescription",
            "Fraud or Forgery Associated with Driver Records",
            "Going Equipped for Stealing",
            "Handling Stolen Goods",
            "Making, Supplying or Possessing Articles for use i",
            "Obscene Publications",
            "Offender Management Act",
            "Other Forgery",
            "Other Notifiable Offences",
            "Perjury",
            "Perverting Course of Justice",
            "Possession of False Documents",
            "Profitting From or Concealing Proceeds of Crime",
            "Soliciting for Prostitution",
            "Threat or Possession With Intent to Commit Crimina",
            "Wildlife Crime",
        ),
        "Possession of Weapons": (
            "Other Firearm Offences",
            "Other Knife Offences",
            "Possession of Article with Blade or Point",
            "Possession of Firearm with Intent",
            "Possession of Firearms Offences",
            "Possession of Other Weapon",
        ),
        "Public Order Offences": (
            "Other Offences Against the State, or Public Order",
            "Public Fear Alarm or Distress",
            "Racially or Religiously Aggravated Public Fear, Al",
            "Violent Disorder",
        ),
        "Robbery": (
            "Robbery of Business Property",
            "Robbery of Personal Property",
        ),
        "Sexual Offences": (
            "Other Sexual Offences",
            "Rape",
        ),
        "Theft": (
            "Bicycle Theft",
            "Other Theft",
            "Shoplifting",
            "Theft from Person",
        ),
        "Vehicle Offences": (
            "Aggravated Vehicle Taking",
            "Interfering with a Motor Vehicle",
            "Theft from a Motor Vehicle",
            "Theft or Taking of a Motor Vehicle",
        ),
        "Violence Against the Person": (
            "Homicide",
            "Violence with Injury",
            "Violence without Injury",
        ),
    },
)
"""CRIS-era categories, seen in the file to July 2023; subcategories are cut at 50 characters."""

CONNECT_2024 = _taxonomy(
    "connect-2024",
    {
        "ARSON AND CRIMINAL DAMAGE": (
            "ARSON",
            "CRIMINAL DAMAGE",
        ),
        "BURGLARY": (
            "BURGLARY - RESIDENTIAL",
            "BURGLARY BUSINESS AND COMMUNITY",
            "BURGLARY IN A DWELLING",
            "BURGLARY NON-DWELLING",
        ),
        "DRUG OFFENCES": (
            "POSSESSION OF DRUGS",
            "TRAFFICKING OF DRUGS",
        ),
        "FRAUD AND FORGERY": ("FRAUD AND FORGERY",),
        "MISCELLANEOUS CRIMES AGAINST SOCIETY": ("MISC CRIMES AGAINST SOCIETY",),
        "NFIB FRAUD": ("NFIB",),
        "POSSESSION OF WEAPONS": ("POSSESSION OF WEAPONS",),
        "PUBLIC ORDER OFFENCES": (
            "OTHER OFFENCES PUBLIC ORDER",
            "PUBLIC FEAR ALARM OR DISTRESS",
            "RACE OR RELIGIOUS AGG PUBLIC FEAR",
            "VIOLENT DISORDER",
        ),
        "ROBBERY": (
            "ROBBERY OF BUSINESS PROPERTY",
            "ROBBERY OF PERSONAL PROPERTY",
        ),
        "SEXUAL OFFENCES": (
            "OTHER SEXUAL OFFENCES",
            "RAPE",
        ),
        "THEFT": (
            "BICYCLE THEFT",
            "OTHER THEFT",
            "SHOPLIFTING",
            "THEFT FROM THE PERSON",
        ),
        "VEHICLE OFFENCES": (
            "AGGRAVATED VEHICLE TAKING",
            "INTERFERING WITH A MOTOR VEHICLE",
            "THEFT FROM A VEHICLE",
            "THEFT OR UNAUTH TAKING OF A MOTOR VEH",
        ),
        "VIOLENCE AGAINST THE PERSON": (
            "HOMICIDE",
            "VIOLENCE WITH INJURY",
            "VIOLENCE WITHOUT INJURY",
        ),
    },
)
"""After the move to CONNECT: capitals, 31 categories, seen in the file to May 2025."""

CONNECT_2025 = Taxonomy(
    "connect-2025",
    CONNECT_2024.categories - {"BURGLARY/BURGLARY IN A DWELLING", "BURGLARY/BURGLARY NON-DWELLING"}
    | {
        "BURGLARY/RES BURGLARY OF A HOME",
        "BURGLARY/RES BURGLARY OF UNCONNECTED BUILDING",
        "VIOLENCE AGAINST THE PERSON/DEATH SERIOUS INJURY ILLEGAL DRIVING",
        "VIOLENCE AGAINST THE PERSON/STALKING AND HARASSMENT",
    },
)
"""Stalking and residential burglary split out and back-filled, seen from November 2025."""

HISTORICAL_2025 = Taxonomy(
    "historical-2025",
    CONNECT_2025.categories - {"BURGLARY/BURGLARY - RESIDENTIAL", "NFIB FRAUD/NFIB"} | {"BURGLARY/DOMESTIC BURGLARY"},
)
"""The Historical file beside it, November 2025."""

CONNECT_2026 = Taxonomy(
    "connect-2026",
    CONNECT_2025.categories - {"PUBLIC ORDER OFFENCES/PUBLIC FEAR ALARM OR DISTRESS"}
    | {"PUBLIC ORDER OFFENCES/PUBLIC FEAR, ALARM OR DISTRESS"},
)
"""As 2025 but for a comma in PUBLIC FEAR, ALARM OR DISTRESS, seen in the file to June 2026."""

TAXONOMIES = (CRIS_2023, CONNECT_2024, CONNECT_2025, HISTORICAL_2025, CONNECT_2026)
