"""CPU of warm work, against the same AWS calls from default clients with their parameters ready."""

from tests.bench.figures import ROUNDS, Figure, cpu, of_rounds
from tests.bench.scenes import Scene
from tests.bench.tape import Floor, playing

LIMITS = {
    "submit": 1.2,
    "resolve": 1.2,
    "list": 1.2,
    "ingest claims": 1.0,
    "ingest resolutions": 1.0,
    "lock": 0.7,
    "pay": 0.7,
}


def measured(name: str, scene: Scene, rounds: int = ROUNDS) -> Figure:
    """Microseconds a unit; ours and the floor take turns, so that both meet the same machine."""
    floor, pairs = Floor(scene.tape), []
    with playing(scene.tape):
        scene.run(), floor.run()
        for _ in range(rounds):
            ours, theirs = cpu(scene.run), cpu(floor.run)
            pairs.append((ours / scene.units * 1e6, theirs / scene.units * 1e6))
    return of_rounds(f"CPU: {name}", LIMITS.get(name), "us", pairs)
