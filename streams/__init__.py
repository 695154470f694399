"""newsflow: raw news pages in, clean, de-duplicated, tagged, summarised article events out, each exactly once."""

__version__ = "0.1.0"
