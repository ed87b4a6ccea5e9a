"""From one table of a spreadsheet to a data package: read, understood, written, accounted for."""
