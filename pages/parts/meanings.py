"""What the numbers mean, one sentence each, for people who decide about products rather than about metrics."""

MEANINGS = {
    "frechet": "How far the cloud of generated pictures lies from the cloud of real ones, in place and in spread; the "
    "floor is what real pictures reach against real ones.",
    "kid": "The same question without assuming the shape of a cloud, and honest with few pictures: 0 means that the "
    "two cannot be told apart.",
    "precision": "Share of generated pictures that could pass for real: they lie where real pictures lie.",
    "recall": "Share of real pictures that the generator could have made: low when it knows few kinds.",
    "density": "How thickly real pictures stand around the generated ones; about 1 where both are alike.",
    "coverage": "Share of real pictures that some generated picture comes near: low when something is missing.",
    "realism": "How deep inside the region of real pictures a generated one lies on average; above 1 is inside.",
    "mean-euclidean": "Distance between a generated and a real picture, over all pairs.",
    "mean-cosine": "Difference in direction of the features between a generated and a real picture, over all pairs.",
    "nearest-euclidean": "Distance from a generated picture to the real one most like it; near 0 it may be a copy.",
    "nearest-cosine": "Difference in direction to the real picture most like it; near 0 it may be a copy.",
    "sharpness": "How strong edges are on average; compare it with the real pictures, not with the largest.",
}
FLOOR = "Real vs real: the same metric between two halves of the real pictures. No generator has to beat that."
INTERVAL = "95% interval: with other pictures of the same kind the value would fall in here 19 times out of 20."


def meaning(metric: str) -> str:
    """The sentence for a metric; nothing for one that is not described here."""
    return MEANINGS.get(metric, "")
