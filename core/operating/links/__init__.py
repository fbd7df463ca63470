"""Links as operators read them: tables, figures, journeys, files."""
