"""The pages that the method page's criteria rest on."""

from __future__ import annotations

from scanner.metrics import Control

CONTROL = "https://eur-lex.europa.eu/eli/dir/2013/34/oj"
REACH: tuple[tuple[Control, str], ...] = (
    (Control.PUBLIC, "https://eur-lex.europa.eu/eli/dir/2014/24/oj"),
    (Control.DOMESTIC, "https://eur-lex.europa.eu/eli/dir/2017/1132/oj"),
    (Control.EU, "https://european-union.europa.eu/principles-countries-history/eu-countries_en"),
    (Control.US, "https://www.law.cornell.edu/uscode/text/18/2713"),
    (Control.OTHER, "https://www.iso.org/iso-3166-country-codes.html"),
)
"""Each label of legal reach, in the order in which they are tried, with the source of its criterion."""
ESTABLISHMENT = "https://assets.documentcloud.org/documents/5817661/DOJ-CLOUD-Act-White-Paper.txt"
"""United States Department of Justice, white paper on the CLOUD Act, April 2019: contacts are judged case by case."""
SCHEMES: tuple[tuple[str, str], ...] = (
    ("secnumcloud", "https://archimag.com/demat-cloud/2021/10/22/anssi-une-nouvelle-evolution-du-secnumcloud"),
    ("hds", "https://www.lsti-certification.fr/fr/certification-hebergeur-donnees-sante-hds"),
    ("ens", "https://www.boe.es/buscar/act.php?id=BOE-A-2022-7191"),
    ("c5", "https://www.ibm.com/new/announcements/ibm-cloud-expands-c5-compliance"),
    ("eucs", "https://www.enisa.europa.eu/publications/eucs-cloud-service-scheme"),
)
"""The schemes that a qualification may name, with a page that says what they ask."""
