"""Step 3 of a pass: the pairs that are compared to those that score enough to be kept."""

from collections.abc import Mapping

import numpy as np

from graph.fusion.blocking import Pair
from graph.fusion.candidates import Candidates
from graph.fusion.company import Companions
from graph.fusion.contexts import Contexts
from graph.fusion.epoch import Epoch
from graph.fusion.numbered import AT_ONCE, coded, decoded, joined, slices
from graph.fusion.profiles import Profile
from graph.fusion.questions import question_id, render_question, statements_of
from graph.fusion.scoring import Scorer
from graph.fusion.screening import Screen
from graph.fusion.testimony import Scales, Witnesses
from graph.fusion.view import Changes, FusionView, PairRow, TableDiff


def matched(
    view: FusionView,
    changes: Changes,
    found: Candidates,
    scorer: Scorer,
    witnesses: Witnesses,
    companions: Companions,
    contexts: Contexts,
) -> TableDiff[Pair, PairRow]:
    """Candidates whose names score ``ask`` or more, homonyms, and the rows of those that are gone. O(pairs).

    Homonyms (one name, types that exclude each other) score 0, so that neither a score nor a model joins
    them; they are kept for a person, as many at most as their blocks compare.
    """
    scored = _Matching(found, scorer, witnesses, companions, contexts).scored()
    old = {**view.pairs_of(changes.removed_referents), **view.pairs(found.lost), **view.pairs(scored)}
    return TableDiff.between(old, _rows(view, scored, scorer.epoch))


class _Matching:
    def __init__(
        self,
        found: Candidates,
        scorer: Scorer,
        witnesses: Witnesses,
        companions: Companions,
        contexts: Contexts,
    ) -> None:
        self._found = found
        self._scorer = scorer
        self._witnesses = witnesses
        self._companions = companions
        self._contexts = contexts

    def scored(self) -> Mapping[Pair, int]:
        """Candidates whose names score ``ask`` or more, weighed with what is said of the two, and homonyms.

        Two names are compared once, whoever bears them.
        """
        order, looks = self._found.order, self._found.looks.values()
        faces: dict[Profile, int] = {}
        face = np.empty(len(order), np.int64)
        face[self._found.ranks] = [faces.setdefault(look, len(faces)) for look in looks]
        names = list(faces)
        screen = Screen(names, self._scorer)
        passed, met = [], []  # pairs of referents, and of their faces
        for some in slices(len(self._found.compared), AT_ONCE):
            pairs = self._found.compared[some]
            a, b = decoded(pairs)
            low, high = np.minimum(face[a], face[b]), np.maximum(face[a], face[b])
            may = screen.passes(low, high)
            passed.append(pairs[may])
            met.append(coded(low[may].astype(np.uint64), high[may].astype(np.uint64)))
        distinct, which = np.unique(joined(met), return_inverse=True)
        x, y = decoded(distinct)
        ends = zip(x.tolist(), y.tolist(), strict=True)
        measured = (self._measured(names[i], names[j]) for i, j in ends)
        scores = np.fromiter(measured, np.int64, len(distinct))[which]
        kept = scores >= 0
        a, b = decoded(joined(passed)[kept])
        found = zip(a.tolist(), b.tolist(), scores[kept].tolist(), strict=True)
        return self._weighed({(order[i], order[j]): score for i, j, score in found})

    def _measured(self, a: Profile, b: Profile) -> int:
        """The score of what is kept, else -1."""
        score = self._scorer.measure(a, b)
        return score if score >= self._scorer.epoch.ask else 0 if self._scorer.homonyms(a, b) else -1

    def _weighed(self, named: dict[Pair, int]) -> Mapping[Pair, int]:
        ends = {r for pair in named for r in pair}
        said, scales = self._witnesses.of(ends), Scales(self._scorer)
        telling = {r for r in ends if said[r]}
        looks, told = self._found.looks, dict(named)
        for a, b in named if telling else ():
            if a in telling and b in telling:
                told[a, b] = scales.score(named[a, b], looks[a], looks[b], said[a], said[b])
        return self._contexts.weighed(named, self._companions.weighed(named, told))


def _rows(view: FusionView, scored: Mapping[Pair, int], epoch: Epoch) -> dict[Pair, PairRow]:
    ask, same = epoch.ask, epoch.same
    asked = [pair for pair, score in scored.items() if ask <= score < same]
    ends = {r for pair in asked for r in pair}
    who = dict(view.referents(ends))
    said = statements_of(view, who)
    rows = {pair: PairRow(*pair, score) for pair, score in scored.items() if not ask <= score < same}
    for a, b in asked:
        question = render_question(who[a], who[b], (said[a], said[b]))
        rows[a, b] = PairRow(a, b, scored[a, b], question_id(epoch.adjudicator, question))
    return rows
