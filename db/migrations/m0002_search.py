"""Step 2: trailers get the words, verdict and identity by which the library finds them, where they have none."""

from itertools import islice

from pymongo import UpdateOne

from db.access import Access, Document
from db.fields import to_record
from db.identities import Identities
from db.records import Source
from db.verdicts import Verdicts
from db.words import find_words, title_words

CHUNK = 500


def migrate(access: Access) -> None:
    """Fill in what is missing; what is there stays."""
    trailers = access.collection("trailers")
    found = iter(trailers.find({"words.title": None}, {"source": 1, "plot": 1}))
    while chunk := list(islice(found, CHUNK)):
        trailers.bulk_write([_add_words(document) for document in chunk], ordered=False)
    Verdicts(access).update_missing()
    Identities(access).update_missing()


def _add_words(document: Document) -> UpdateOne:
    title = title_words(to_record(Source, document["source"]))
    words = {"words.title": title, "words.plot": find_words(document.get("plot"))}
    return UpdateOne({"_id": document["_id"], "words.title": None}, {"$set": words})
