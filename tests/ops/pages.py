"""The page for Prometheus as tests read it."""

from prometheus_client.parser import text_string_to_metric_families


def families(page):
    """Return the metrics of a page by name, as the text format names them."""
    return {each.name: each for each in text_string_to_metric_families(page)}


def samples(page):
    """Return the value of each sample by its name and labels, sorted by label."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in families(page).values()
        for sample in family.samples
    }
