"""The plots of docs/performance.md, as SVG whose text stays text."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.lab import GO, OURS
from bench.report import RATIOS, SCALING, Measured, curves, pairs
from bench.summary import figures

_COLOURS = {GO: "#7f8c8d", OURS: "#2166ac", "floor": "#c0392b"}
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 9}

Ratios = Sequence[tuple[str, float, float | None]]
"""What was measured, the ratio, and the floor."""
Points = Sequence[tuple[int, float]]


def draw(folder: Path, measured: Measured) -> None:
    """Draw all plots of the page into its folder."""
    _draw_ratios(
        folder / RATIOS,
        [
            (workload.what, ours.speed / go.speed, workload.floor)
            for workload, go, ours in pairs(measured)
        ],
    )
    _draw_scaling(
        folder / SCALING,
        {
            title: {
                side: [
                    (row.x, each.speed)
                    for row in rows
                    if (each := figures(measured.get(row.name, ()), side))
                ]
                for side in rows[0].sides
            }
            for title, rows in curves().items()
        },
    )


def _draw_ratios(path: Path, ratios: Ratios) -> None:
    """Draw how many times as fast ours is, with the floors."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 0.32 * len(ratios) + 1), layout="constrained")
        axes = figure.subplots()
        names = [name for name, _, _ in ratios]
        bars = axes.barh(names, [ratio for _, ratio, _ in ratios], color=_COLOURS[OURS])
        axes.bar_label(bars, fmt="%.1f", padding=3)
        for row, (_, _, floor) in enumerate(ratios):
            if floor is not None:
                ends = row - 0.4, row + 0.4
                axes.plot((floor, floor), ends, color=_COLOURS["floor"])
        axes.axvline(1, color=_COLOURS[GO], linewidth=0.8)
        axes.invert_yaxis()
        axes.margins(x=0.1)
        axes.set_xlabel("requests per second, ours ÷ Go; the lines are the floors")
        _save(figure, path)


def _draw_scaling(path: Path, shown: Mapping[str, Mapping[str, Points]]) -> None:
    """Draw requests per second over each thing that grows, for each side."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 6), layout="constrained")
        for axes, (title, sides) in zip(
            figure.subplots(2, 2).flat, shown.items(), strict=False
        ):
            for side, points in sides.items():
                across, up = [x for x, _ in points], [y for _, y in points]
                axes.plot(across, up, "o-", color=_COLOURS[side], label=side)
                if across and min(across) > 0 and max(across) > 10:
                    axes.set_xscale("log")
            axes.set_ylim(bottom=0)
            axes.set_title(title)
            axes.legend()
        figure.supylabel("requests per second")
        _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
