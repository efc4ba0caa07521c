"""The pure function: live evidence, decisions, verdicts and one epoch to a graph.

``fuse_pass`` brings derived rows from one state of the evidence to the next. A full fuse is the same pass
over a view without derived rows, with everything added. Rows after any sequence of passes equal those of one
full fuse of what is live.
"""

from graph.fusion.beliefs import Beliefs
from graph.fusion.circles import circle_pass
from graph.fusion.closure import closure_pass
from graph.fusion.collector import growing
from graph.fusion.disjoint import disjoint_types
from graph.fusion.entities import entity_pass
from graph.fusion.links import link_pass
from graph.fusion.rulings import Rulings
from graph.fusion.view import Changes, FusionView, GraphDiff, Inputs, K, R, TableDiff

# What evidence becomes. Raise it with every change that gives other rows for the same evidence, decisions and
# verdicts, the default ontology's included: rows that were fused under another one are then fused anew.
FUSE_FORM = 67


@growing()
def fuse_pass(view: FusionView, changes: Changes, inputs: Inputs) -> GraphDiff:
    """The row diff of one pass.

    Reads the touched blocks, the touched components, the facts in three rings around the touched claims, and
    what may be inferred along the touched facts; nothing grows with the size of the workspace but the
    decisions in force, which are looked up by id.
    """
    entities = entity_pass(view, changes, inputs)
    believing = Beliefs(view, changes, inputs, entities)
    rough = believing.run()
    circles = circle_pass(view, inputs, rough)
    beliefs = believing.refined(rough, circles.facts)
    closure = closure_pass(view, inputs.ontology, beliefs.facts)
    following = _merged(closure.facts, beliefs.facts)
    types = disjoint_types(view, entities.entities, inputs.ontology)
    links = link_pass(view, inputs.ontology, entities, following)
    return GraphDiff(
        entities.blocks,
        entities.pairs,
        entities.memberships,
        entities.entities,
        _merged(links, following),
        _merged(_merged(types, circles.conflicts), beliefs.conflicts),
        beliefs.self_loops,
        closure.capped,
        entities.candidates,
    )


def _merged(under: TableDiff[K, R], over: TableDiff[K, R]) -> TableDiff[K, R]:
    """Both; a row that one takes away and the other puts there is replaced."""
    return TableDiff({**under.old, **over.old}, {**under.new, **over.new})


def needs_full(before: Rulings, after: Rulings) -> bool:
    """Whether the parameters that every row rests on have changed."""
    return before.epoch != after.epoch or before.ontology != after.ontology
