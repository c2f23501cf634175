"""From scores per item to intervals, tables and figures; needs no torch (but for `assignments`)."""
