"""Tables as they leave the house: what a column holds, and the same table as CSV, workbook, paper or GeoPackage."""

from shancheng.ground.sheet.sheet import Cell, Column, Holds, Mark, Sheet, Tongue

__all__ = ["Cell", "Column", "Holds", "Mark", "Sheet", "Tongue"]
