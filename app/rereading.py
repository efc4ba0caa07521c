"""Documents that would be read otherwise today, read again by an ordinary job.

A reading is known by its pipeline: the parts' versions and options, and the ontology. When a decision changes
the ontology, or a newer version of a part was installed, documents whose reading bears another pipeline go
into a job. The old reading stays live until a worker publishes the new one.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from graph.ledger import documents, job_items, jobs
from graph.ledger.job_types import OPEN, Job, NewItem
from graph.ontology import Ontology
from graph.types import PipelineId, WorkspaceId


class Rereading:
    def __init__(
        self,
        ontology: Callable[[Connection, WorkspaceId], Ontology],
        pipeline: Callable[[Ontology], PipelineId],
    ) -> None:
        self._ontology = ontology
        self._pipeline = pipeline

    def pipeline(self, conn: Connection, workspace: WorkspaceId) -> PipelineId:
        """What a reading made now would be known by."""
        return self._pipeline(self._ontology(conn, workspace))

    def begin(self, conn: Connection, workspace: WorkspaceId) -> Job | None:
        """The job, or None where every document is read as it would be now.

        It is part of the caller's transaction: a decision and what follows from it stand together or not at
        all. A document that is being read for the first time is read again too, since its worker may have
        begun under the former ontology; one that could not be read is not.
        """
        others = documents.read_otherwise(conn, workspace, self.pipeline(conn, workspace))
        unread = [each.content for each in others if each.pipeline is None]
        latest = job_items.latest_items(conn, workspace, unread)
        reading = {content for content, item in latest.items() if item.status in OPEN}
        items = [
            NewItem(each.filename, each.sources[0].uri, each.content)
            for each in others
            if each.pipeline is not None or each.content in reading
        ]
        return jobs.create_job(conn, workspace, items)[0] if items else None
