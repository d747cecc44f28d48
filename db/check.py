"""The check of a database: what in it names something that is not there, is damaged, or is of a newer program."""

from dataclasses import dataclass

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.backup.manifest import COLLECTIONS
from db.errors import Damaged, NotStored
from db.registry.models import Models

OF_TRAILERS = {"features": "trailer_id", "predictions": "trailer_id", "reviews": "trailer_id"}
PICTURES = {"filmstrips": "_id", "stills": "_id"}
NO_TRAILER = {"$not": {"$regex": "^(plot|poster):"}}  # what a text or picture alone is predicted under
LEFT_OVER = "delete it: trailers forget {example} --yes"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: what, how many, one of them as an example, and what to do."""

    what: str
    n: int
    example: str
    advice: str


class Check(Documents, of="trailers"):
    """Checks of all collections; they read and change nothing."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._models = Models(access)

    def findings(self) -> list[Finding]:
        """Return what is wrong, nothing where all is well."""
        found = [self._left_over(name, field) for name, field in (OF_TRAILERS | PICTURES).items()]
        found += [self._newer(name) for name in COLLECTIONS if not name.startswith("fs.")]
        found += [self._chunks_of_none(), *self._damaged_models()]
        return [each for each in found if each is not None]

    def _left_over(self, name: str, field: str) -> Finding | None:
        steps: list[Document] = [
            {"$match": {field: NO_TRAILER}},
            {"$group": {"_id": f"${field}"}},
            {"$lookup": {**_look_up("trailers"), "localField": "_id", "as": "found"}},
            {"$match": {"found": []}},
        ]
        return self._finding(name, steps, f"{name} of trailers that are not stored", LEFT_OVER)

    def _newer(self, name: str) -> Finding | None:
        steps: list[Document] = [{"$match": {"schema_version": {"$gt": SCHEMA_VERSION}}}]
        return self._finding(name, steps, f"{name} that a newer program has written", "update Trailers")

    def _chunks_of_none(self) -> Finding | None:
        steps: list[Document] = [
            {"$group": {"_id": "$files_id"}},
            {"$lookup": {**_look_up("fs.files"), "localField": "_id", "as": "found"}},
            {"$match": {"found": []}},
        ]
        advice = "nothing: the next model that is stored removes them, a day after they were written"
        return self._finding("fs.chunks", steps, "parts of model files that are not stored", advice)

    def _damaged_models(self) -> list[Finding]:
        findings = []
        for model_id in self._access.collection("models").distinct("_id"):
            try:
                self._models.artefact(model_id)
            except (NotStored, Damaged):
                advice = "import it again: trailers models import FILE; or trailers models delete MODEL"
                findings.append(Finding("models whose file is missing or damaged", 1, model_id, advice))
        return findings

    def _finding(self, name: str, steps: list[Document], what: str, advice: str) -> Finding | None:
        count: Document = {"$group": {"_id": None, "n": {"$sum": 1}, "example": {"$first": "$_id"}}}
        found = self._access.collection(name).aggregate([*steps, count]).to_list()
        if not found:
            return None
        example = str(found[0]["example"])
        return Finding(what, int(found[0]["n"]), example, advice.format(example=example))


def _look_up(name: str) -> Document:
    return {"from": name, "foreignField": "_id", "pipeline": [{"$project": {"_id": 1}}]}
