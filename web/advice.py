"""Advice on error codes: what each means and what to do, for people who never saw a stack trace."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """A code in plain words, and the next step."""

    meaning: str
    step: str
    mendable: bool = False  # a person can mend the cause of a failure for good; the same job is then worth a retry


_AGAIN = "Nothing is lost: try again in a while."
_OTHER = "Use another video of the same trailer."
_ASK = "Ask whoever runs this service; the Jobs page says what is paused."

# fmt: off
ADVICE: Mapping[str, Advice] = {
    "bad_source": Advice("This is not a link or file we understand",
                         "Paste the link of one video, such as https://youtu.be/…, or pick a video file."),
    "host_not_allowed": Advice("Links to this site are not accepted", "Use a YouTube link, or upload the file."),
    "playlist_not_allowed": Advice("This is a playlist, not one video", "Open the video itself and copy its link."),
    "live_not_allowed": Advice("This is a live stream", "Wait until it has ended and can be watched as a video."),
    "upcoming": Advice("The video is not out yet", "Try again when the site shows it."),
    "private": Advice("The video is private", _OTHER),
    "unavailable": Advice("The video is gone", _OTHER),
    "members_only": Advice("Only members of the channel can see this video", _OTHER),
    "geo_blocked": Advice("The video is not shown in this country", f"{_OTHER[:-1]}, or upload the file."),
    "age_restricted": Advice("The site asks for an age check", "Upload the file instead."),
    "drm": Advice("The video is copy-protected", "Upload an unprotected file."),
    "bot_check": Advice("The site asks for proof that we are not a robot; downloads are paused", _ASK),
    "rate_limited": Advice("The site says that we send too many requests; downloads are paused", _ASK),
    "media_forbidden": Advice("The site, or the network here, refused to deliver the video", _ASK),
    "extractor_broken": Advice("The site changed and the downloader must be updated", _ASK),
    "network_timeout": Advice("The site could not be reached in time", _AGAIN),
    "download_truncated": Advice("The download broke off", _AGAIN),
    "download_failed": Advice("The download failed", _AGAIN),
    "too_large": Advice("This is larger than allowed", "Send a smaller video (480p is plenty), or a list in parts."),
    "too_long": Advice("This is longer than a trailer", "Pick the trailer, or raise TRAILERS_MAX_DURATION_S.", True),
    "unknown_duration": Advice("The video does not say how long it is", "Save it again as MP4 and upload that."),
    "file_not_found": Advice("There is no such file here", "Check its name, and upload it.", True),
    "empty_file": Advice("The file is empty", "Check it, and upload it again."),
    "not_media": Advice("This is not a video", "Pick a video file, such as MP4, MOV, MKV or WebM."),
    "unsupported_format": Advice("This kind of video can't be read", "Save it as MP4 (H.264) and upload that."),
    "unsafe_reference": Advice("The file refers to other files, which is not allowed", "Save it as one MP4 file."),
    "encrypted": Advice("The video is encrypted", "Upload an unencrypted file."),
    "corrupt": Advice("The video is damaged", "Get it again from its source, and upload that."),
    "truncated": Advice("The end of the file is missing", "Upload it again; the upload may have been interrupted."),
    "no_video_stream": Advice("The file has sound but no picture", "Pick the file with the picture."),
    "bad_dimensions": Advice("The picture has a size that can't be right", "Save it again as MP4 and upload that."),
    "too_many_streams": Advice("The file holds more videos than a trailer has", "Keep one video track."),
    "decode_timeout": Advice("Reading the video took too long", _AGAIN),
    "bad_poster": Advice("The poster can't be read", "Use a JPEG, PNG, WebP or AVIF picture."),
    "bad_backup": Advice("This file is no whole backup", "Use another backup."),
    "bad_plot": Advice("The plot can't be read", "Paste it as plain text."),
    "unsafe_model": Advice("The model's file is not safe to open", "Import the model again from its source."),
    "no_model": Advice("No model is in use for this yet", "Use one of trailers models list, or train or import one.",
                       True),
    "model_not_better": Advice("The model is not better than the one in its place, or can do less",
                               "Train it on more films, or use it all the same: trailers models use MODEL."),
    "no_weights": Advice("The network's weights are missing", "Run trailers doctor: it says how to get them.", True),
    "features_mismatch": Advice("The model expects other features", "Use a model trained on these features."),
    "weights_corrupt": Advice("The network's weights are damaged", "Delete them; they are fetched again.", True),
    "store_unavailable": Advice("The database is not available", _AGAIN),
    "broker_unavailable": Advice("The message broker is not available", _AGAIN),
    "disk_full": Advice("A disk is full", "Free some space on the worker's disk, then try again."),
    "poisoned": Advice("This video made the worker fail again and again", "Save it again as MP4 and upload that."),
    "cancelled": Advice("Cancelled", "Submit it again if you want the result."),
    "internal": Advice("Something unexpected went wrong", "Try again. If it persists, report it with the job's id."),
    "not_found": Advice("This was not found", "Look for it in the library."),
}
# fmt: on
UNKNOWN = Advice("It did not work", "Try again. If it persists, report it with the job's id.")


def advise(code: str | None) -> Advice:
    """Return what a code means and what to do; general advice for an unknown code."""
    return ADVICE.get(code or "", UNKNOWN)
