import pytest

from graph.projection.memory import MemoryGraph
from tests.contract.graph_store import GraphStoreContract


class TestMemoryGraph(GraphStoreContract):
    @pytest.fixture
    def store(self) -> MemoryGraph:
        return MemoryGraph()
