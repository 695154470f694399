"""The fields of an HTML page: title, authors, dates, address, site, language, pictures, access.

    tree ─┬─ head.py    what the page says of itself: meta elements, JSON-LD ─┐
          └─ screen.py  what a reader sees of it: lines and their marks ──────┴─► candidates ─► choice.py ─► field

For title, authors and date of publication every source makes candidates (titles.py, authors.py, dates.py); a small
conditional logit, fitted by fit.py, chooses one of them or none and says how sure it is. The rest is rules.
"""
