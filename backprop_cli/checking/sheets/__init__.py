"""Reading: files and texts of strangers as Sheets, every answer as it was written."""
