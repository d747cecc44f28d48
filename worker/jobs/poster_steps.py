"""Steps of a job about a single poster: the backbone looks at the stored picture, a model predicts its genres."""

from db.queue.job_records import Job
from extractor.errors import BadPoster
from worker.jobs.outcomes import Classified, Extracted, Missing, Outcome
from worker.predicting.posters import poster_basis, poster_model, predict_poster
from worker.predicting.stages import infer_poster
from worker.progress import Progress
from worker.runtime import Runtime


def extract_poster(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Have the backbone look at the picture; raises BadPoster for one that is damaged or gone."""
    sha256 = job.source
    looked = infer_poster(runtime, sha256, force=job.force, progress=progress)
    features_id = runtime.backbone.features_id
    if looked:
        return Extracted(features_id)
    if not runtime.store.posters.has_vector(sha256, features_id):
        raise BadPoster("the poster's picture is damaged or no longer kept; send it again")
    return Extracted(features_id, work=None)


def classify_poster(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Predict the genres, unless that was done; raises NoModel."""
    sha256, features_id, store = job.source, job.features_id, runtime.store
    record = poster_model(runtime, features_id)
    basis = poster_basis(record, sha256)
    if job.force or store.predictions.load(job.trailer_id, basis) is None:
        vector = store.posters.vector(sha256, features_id)
        if vector is None:
            return Missing("extract")
        progress.stage("classifying")
        prediction = predict_poster(runtime.model(record), vector, features_id=features_id)
        runtime.patiently(lambda: store.predictions.save(job.trailer_id, prediction, inputs=basis.inputs))
    return Classified(record.model_id, 0, basis.modalities)
