"""The reader: a web page on loopback that shows enriched articles as they arrive, as any consumer may build one.

    enriched, duplicate ─ intake.py ─► shelf.py (what is remembered, bounded) ─ web.py ─► page/ (HTML, CSS, JavaScript)

It reads committed records, belongs to no consumer group and writes nothing. Its page asks this server alone.
"""
