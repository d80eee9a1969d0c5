select distinct measure_id, feed
from {{ ref('measure_series') }}
