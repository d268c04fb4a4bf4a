"""Zones to answers: what a recursive resolver of this small internet would say (RFC 1034, 4.3.2). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone

from scanner.lab.world import NameFault

MAX_CHAIN = 16
UDP_SIZE = 1232  # what the DNS Flag Day 2020 recommends
_SOA = "$TTL 3600\n@ IN SOA {primary} hostmaster 1 7200 3600 1209600 300\n"
_ROOT = "@ NS a.root-servers.net.\n"

Computed = Callable[[tuple[str, ...]], str | None]
"""The TXT of a name of a computed zone, from its labels without the zone's own; None when it does not exist."""


class Zones:
    """Every zone of a world, ready to answer; ValueError when a zone's text is wrong."""

    def __init__(
        self,
        texts: Mapping[str, str],
        faults: Mapping[str, NameFault] | None = None,
        computed: Mapping[str, Computed] | None = None,
    ) -> None:
        self._zones = {dns.name.from_text(origin): _parse(origin, text) for origin, text in texts.items()}
        self._zones.setdefault(dns.name.root, _parse(".", _ROOT))
        self._faults = {dns.name.from_text(name): fault for name, fault in (faults or {}).items()}
        self._computed = {dns.name.from_text(origin): text for origin, text in (computed or {}).items()}
        self._zones.update({origin: _parse(origin.to_text(), _ROOT) for origin in self._computed})
        self._ancestors = {
            ancestor for zone in self._zones.values() for name in zone.nodes for ancestor in _up(name)[1:]
        }

    def fault(self, name: dns.name.Name) -> NameFault | None:
        """How the server misbehaves for this name, if it does."""
        for ancestor in _up(name):
            if ancestor in self._faults:
                return self._faults[ancestor]
        return None

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """The full response to a query, whatever its size; faults are the server's business."""
        response = dns.message.make_response(query, recursion_available=True, our_payload=UDP_SIZE)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP)
            return response
        question = query.question[0]
        if question.rdclass != dns.rdataclass.IN or dns.rdatatype.is_metatype(question.rdtype):
            response.set_rcode(dns.rcode.REFUSED)
            return response
        self._fill(response, question.name, question.rdtype)
        return response

    def _fill(self, response: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> None:
        for _ in range(MAX_CHAIN):
            origin = next(ancestor for ancestor in _up(name) if ancestor in self._zones)
            zone = self._zones[origin]
            node = self._computed_node(origin, name) or self._node(zone, origin, name)
            found = node.get_rdataset(dns.rdataclass.IN, rdtype) if node else None
            alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME) if node and not found else None
            if found:
                response.answer.append(_rrset(name, found))
                return
            if not alias:
                if node is None and name not in self._ancestors:
                    response.set_rcode(dns.rcode.NXDOMAIN)
                soa = zone.nodes[origin].get_rdataset(dns.rdataclass.IN, dns.rdatatype.SOA)
                if soa:
                    response.authority.append(_rrset(origin, soa))
                return
            response.answer.append(_rrset(name, alias))
            name = alias[0].target
        response.answer.clear()
        response.set_rcode(dns.rcode.SERVFAIL)

    def _computed_node(self, origin: dns.name.Name, name: dns.name.Name) -> dns.node.Node | None:
        compute = self._computed.get(origin)
        labels = tuple(label.decode("ascii", "replace") for label in name.relativize(origin).labels)
        text = compute(labels) if compute and labels else None
        if text is None:
            return None
        node = dns.node.Node()  # type: ignore[no-untyped-call]
        rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, f'"{text}"')
        node.replace_rdataset(dns.rdataset.from_rdata(3600, rdata))
        return node

    def _node(self, zone: dns.zone.Zone, origin: dns.name.Name, name: dns.name.Name) -> dns.node.Node | None:
        """The node of a name, or of the wildcard at its closest encloser (RFC 4592)."""
        node = zone.nodes.get(name)
        if node is not None or name in self._ancestors:
            return node
        while name != origin:
            name = name.parent()
            if name in zone.nodes or name in self._ancestors:
                return zone.nodes.get(dns.name.Name((b"*", *name.labels)))
        return None


def _parse(origin: str, text: str) -> dns.zone.Zone:
    primary = next((line.split()[-1] for line in text.splitlines() if line.split()[:2] == ["@", "NS"]), "@")
    try:
        return dns.zone.from_text(_SOA.format(primary=primary) + text, dns.name.from_text(origin), relativize=False)
    except dns.exception.DNSException as error:
        raise ValueError(f"zone {origin}: {error}") from error


def _up(name: dns.name.Name) -> list[dns.name.Name]:
    """The name and each of its ancestors, the root last."""
    return [dns.name.Name(name.labels[start:]) for start in range(len(name.labels))]


def _rrset(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
