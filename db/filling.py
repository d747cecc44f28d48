"""What documents of an older program lack, filled in once, when the indexes change."""

from itertools import islice

from pymongo import UpdateOne

from db.access import Access
from db.documents import title_words
from db.fields import known
from db.records import Source
from db.verdicts import Verdicts
from db.words import find_words

CHUNK = 500


def fill_in(access: Access) -> None:
    """Give all trailers the words and the verdict by which a library finds them; what is there stays."""
    trailers = access.collection("trailers")
    found = iter(trailers.find({"words.title": None}, {"source": 1, "plot": 1}))
    while chunk := list(islice(found, CHUNK)):
        trailers.bulk_write(
            [
                UpdateOne(
                    {"_id": document["_id"], "words.title": None},
                    {
                        "$set": {
                            "words.title": title_words(Source(**known(Source, document["source"]))),
                            "words.plot": find_words(document.get("plot")),
                        }
                    },
                )
                for document in chunk
            ],
            ordered=False,
        )
    Verdicts(access).settle_all()
