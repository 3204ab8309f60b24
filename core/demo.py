"""The demo: a small GAN trained on built-in pictures by our own code, each checkpoint measured as it lands."""

from __future__ import annotations

from core import demo_data, jobs, references, training
from core.jobs import JobView
from core.progress import Progress, silent
from core.workspace import Workspace

RUN = "demo-gan"
REFERENCE = "fashion"
SOURCE = "5,000 pictures of Fashion-MNIST (Zalando Research, MIT)"


def prepare(workspace: Workspace, progress: Progress = silent) -> JobView:
    """Take the built-in pictures in and ask for the training; a second start finds both there already.

    Returns the training's job, done or not. A training that failed or was cancelled is asked for again, and goes on
    from its last epoch.
    """
    real = references.add(workspace, REFERENCE, demo_data.path(), source=SOURCE, progress=progress)
    settings = training.demo(RUN, real.set_id)
    for job in jobs.of_kind(workspace, "train"):
        if training.TrainingSettings.from_json(job.arguments["settings"]) == settings and (
            job.active or job.state == "done"
        ):
            return job
    return jobs.submit(
        workspace, "train", {"settings": settings.as_json()}, title=f"Train {RUN} on {real.label}", priority=1
    )
