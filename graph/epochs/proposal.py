"""What was induced of relations as the text of an ontology, for a person to read and set."""

import json
import tomllib
from collections.abc import Iterator, Sequence

from graph.epochs.induction import Induced
from graph.epochs.shares import Trait


def proposal(text: str, relations: Sequence[Induced]) -> str:
    """``text``, an ontology's TOML, with what was induced: new types as such, all evidence as comments."""
    lines = [
        text.rstrip("\n"),
        "",
        "# Induced from the facts of this workspace; read it before you set it.",
        "",
    ]
    known = tomllib.loads(text).get("relation", {})
    inverse = {name: each["inverse_of"] for name, each in known.items() if "inverse_of" in each}
    inverse |= {other: name for name, other in inverse.items()}
    for found in relations:
        counted = [f"{t.name} {_share(t)}" for t in (*found.traits, *found.times) if t.of]
        also = [f"{key} {_text(value)} {_share(t)}" for key, value, t in _named(found)]
        if found.listed:
            lines += [f"# {found.name}: {found.facts} facts. {'; '.join(counted + also)}".rstrip(" ."), ""]
            continue
        lines += [f"[relation.{found.name}]  # {found.facts} facts", f"heads = {_array(found.heads)}"]
        lines[-1] += f"  # {found.domain:.2f}"
        if found.tails:
            lines.append(f"tails = {_array(found.tails)}  # {found.range:.2f}")
        if found.values:
            lines.append(f"values = {_array(found.values)}  # {found.range:.2f}")
        for trait in found.traits:
            if trait.of:
                line = f"{trait.name} = true  # {_share(trait)}"
                lines.append(line if trait.proposed else f"# not {line}")
        for trait in found.times:
            if trait.of:
                line = f'temporal = "{trait.name}"  # {_share(trait)}'
                lines.append(line if trait == found.temporal else f"# not {line}")
        for key, value, trait in _named(found):
            line = f"{key} = {_text(value)}  # {_share(trait)}"
            if key == "unit":  # what fusion compares numbers in is the [unit] tables' matter
                lines.append(f"# {line}" if trait.proposed else f"# not {line}")
            else:
                both = {found.name: value, value: found.name}
                free = all(inverse.get(name, other) == other for name, other in both.items())
                inverse |= both if trait.proposed and free else {}
                lines.append(line if trait.proposed and free else f"# not {line}")
        lines += [f"phrases = {_array(found.phrases)}", ""]
    return "\n".join(lines)


def _named(found: Induced) -> Iterator[tuple[str, str, Trait]]:
    """What is counted of a relation that has a name of its own: key, name, counts."""
    for key, named in (("inverse_of", found.inverse), ("unit", found.unit)):
        if named is not None:
            yield key, *named


def _share(trait: Trait) -> str:
    return f"{trait.confidence:.2f}: {trait.holds} of {trait.of}"


def _array(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
