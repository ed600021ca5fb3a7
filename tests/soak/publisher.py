"""A repository whose versions and labels change at random while a server serves them."""

import pathlib
import random
import re
import shutil
import threading

import programs

LOAD_SECONDS = 120  # a load has the lowest priority
KEPT_VERSIONS = 3


class Model:
    """A model's folder. Version 1 is labelled `pinned` for ever; the policy serves the newest and all with labels."""

    def __init__(self, folder: pathlib.Path, checkpoints):
        self.folder, self.name, self.newest = folder, folder.name, 0
        self._checkpoints = checkpoints
        self.labels = {}
        folder.mkdir(parents=True)
        self.publish()
        self.publish()
        self.label(stable=2, canary=2)

    def publish(self):
        """As a person does it by hand: a hidden folder, then a rename."""
        version = self.newest + 1
        hidden = self.folder / ".incoming"
        hidden.mkdir()
        shutil.copy(self._checkpoints[version % len(self._checkpoints)], hidden / "model.safetensors")
        hidden.rename(self.folder / str(version))
        self.newest = version

    def label(self, **labels):
        self.labels = {"pinned": 1, **labels}
        lines = [f'labels {{ key: "{name}" value: {version} }}' for name, version in self.labels.items()]
        new = self.folder / ".model.txtpb"
        new.write_text("\n".join(["latest { count: 1 }", *lines, ""]))
        new.rename(self.folder / "model.txtpb")

    def wanted(self) -> set[int]:
        """The versions that are to be served."""
        return {self.newest, *self.labels.values()}

    def prune(self):
        """Removes old versions that are not served."""
        for version in range(2, self.newest - KEPT_VERSIONS):
            if version not in self.wanted() and (self.folder / str(version)).exists():
                (self.folder / str(version)).rename(self.folder / ".removed")
                shutil.rmtree(self.folder / ".removed")


class Publisher:
    """Changes one model after the other, on a thread of its own, from start to stop."""

    def __init__(self, server, models, seed, explicit: bool):
        self._server, self._models, self._explicit = server, models, explicit
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.changes = 0

    def start(self):
        self._thread.start()

    def stop(self):
        """Ends with the newest version labelled `stable` and `canary` of every model, and these served."""
        self._stop.set()
        self._thread.join()
        for model in self._models:
            model.label(stable=model.newest, canary=model.newest)
            self._apply(model)

    def _run(self):
        while not self._stop.wait(self._chance.uniform(0, 1)):
            model = self._chance.choice(self._models)
            if self._chance.random() < 0.6:
                model.publish()
            served = sorted({model.newest, *model.labels.values()})
            model.label(stable=self._chance.choice(served), canary=self._chance.choice(served))
            self._apply(model)
            self.changes += 1

    def _apply(self, model):
        """Waits until the server serves exactly what it should, so that a change does not overtake the one before."""

        def is_served() -> bool:
            if self._explicit:
                self._load(model)
            return self._served(model) == model.wanted()

        programs.wait_until(is_served, LOAD_SECONDS)
        model.prune()

    def _load(self, model):
        """A label keeps its version until the new one is loaded; the load after that lets the old one go."""
        done = programs.run("ebm-client", "models", "load", f"--server={self._server.address}", f"--model={model.name}",
                            timeout=LOAD_SECONDS)
        assert done.returncode == 0, done.stderr

    def _served(self, model) -> set[int]:
        """Versions whose last request has not ended are among them."""
        info = rf'^ebm_model_info{{(?=.*model="{model.name}").*version="(\d+)".*}} 1$'
        return {int(version) for version in re.findall(info, self._server.scrape(), re.MULTILINE)}
