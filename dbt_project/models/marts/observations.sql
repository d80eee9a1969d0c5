{{ config(post_hook="{{ create_observations_as_of() }}") }}

{{ observations_as_of("'infinity'::date") }}
