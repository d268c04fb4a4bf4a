"""The dependency graph as GraphML, for Gephi, yEd, Cytoscape and networkx."""

from __future__ import annotations

import re
from typing import BinaryIO

import networkx as nx

from scanner.graph import build
from scanner.providers import Database
from scanner.store import Results

SUFFIX = "graphml"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, section 2.2."""


def write(results: Results, database: Database, stream: BinaryIO) -> None:
    """The whole graph."""
    graph = build(results, database)
    for _, attributes in graph.nodes(data=True):
        _clean(attributes)
    for _, _, attributes in graph.edges(data=True):
        _clean(attributes)
    names = {node: _NOT_XML.sub("\ufffd", node) for node in graph if _NOT_XML.search(node)}
    nx.write_graphml(nx.relabel_nodes(graph, names) if names else graph, stream)


def _clean(attributes: dict[str, object]) -> None:
    for key, value in attributes.items():
        if isinstance(value, str):
            attributes[key] = _NOT_XML.sub("\ufffd", value)
