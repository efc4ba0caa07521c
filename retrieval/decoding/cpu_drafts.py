"""Three faults of vLLM 0.32's speculation on a CPU, mended where it runs: jump-forward speculates there.

- A new request of which one token is left to compute (a prompt that the prefix cache holds) is padded with
  drafts that are no tokens, for the sake of CUDA graphs: drawn outputs then began with token 0, outside any
  mask. It is scheduled without them.
- What requests ask for (temperature, top k, top p) was spread over their drafts into a copy of the tensor, so
  that drafts were judged by whatever the memory held: most forced ones were refused.
- A step without drafts died of ``top_k``, whose largest value was asked of no row.

Runs inside vLLM: it and torch are imported by name.
"""

from importlib import import_module
from typing import Any

from retrieval.decoding.plugin import require_parameters


def mend() -> None:
    """Once in each of vLLM's processes; nothing where it runs on another device. RuntimeError when vLLM's
    functions are not the known ones."""
    platforms: Any = import_module("vllm.platforms")
    if not platforms.current_platform.is_cpu():
        return
    sampler: Any = import_module("vllm.v1.sample.rejection_sampler")
    spread = ["x", "cu_num_tokens", "num_tokens", "replace_from", "replace_to"]
    require_parameters(sampler.expand_batch_to_tokens, spread)
    sampler.expand_batch_to_tokens = _spread
    constraints = ["logits", "cu_num_draft_tokens", "sampling_metadata"]
    require_parameters(sampler.apply_sampling_constraints, constraints)
    sampler.apply_sampling_constraints = _of_some_rows(sampler.apply_sampling_constraints)
    scheduler: Any = import_module("vllm.v1.core.sched.scheduler").Scheduler
    require_parameters(scheduler._update_after_schedule, ["self", "scheduler_output"])
    scheduler._update_after_schedule = _unpadded(scheduler._update_after_schedule)


def _spread(x: Any, cu_num_tokens: Any, num_tokens: int, replace_from: int = 0, replace_to: int = 0) -> Any:
    """Each request's value of ``x``, shape (requests,), for each of its drafts, shape (num_tokens,)."""
    torch: Any = import_module("torch")
    drafts = torch.diff(cu_num_tokens, prepend=cu_num_tokens.new_zeros(1))
    return torch.where(x == replace_from, torch.full_like(x, replace_to), x).repeat_interleave(drafts)


def _of_some_rows(constrain: Any) -> Any:
    def constrained(logits: Any, cu_num_draft_tokens: Any, sampling_metadata: Any) -> Any:
        return constrain(logits, cu_num_draft_tokens, sampling_metadata) if len(logits) else logits

    return constrained


def _unpadded(update: Any) -> Any:
    def _update_after_schedule(self: Any, scheduler_output: Any) -> None:
        if not self.scheduler_config.async_scheduling:  # there all drafts are filled in later
            drafts = scheduler_output.scheduled_spec_decode_tokens
            for name in [name for name, some in drafts.items() if some and min(some) < 0]:
                padding = len(drafts.pop(name))
                scheduler_output.num_scheduled_tokens[name] -= padding
                scheduler_output.total_num_scheduled_tokens -= padding
        update(self, scheduler_output)

    return _update_after_schedule
