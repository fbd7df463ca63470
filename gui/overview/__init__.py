"""The Overview page: create a link, watch its journey, see and steer the five consumers."""
