"""Why something did not happen: facts are gathered, a ladder is walked, the first broken rung is the answer."""
