"""What was measured, as the gzipped protobuf that pprof reads."""

import gzip
from collections.abc import Mapping, Sequence

from attrs import frozen

from notary.debug.proto import profile_pb2 as pb
from notary.debug.stacks import Place, Stack


@frozen
class Kind:
    """What a number counts, ``cpu`` for instance, and its unit."""

    type: str
    unit: str


@frozen
class Profile:
    """Numbers by stack, one of each kind; pprof shows the last kind unless told.

    Times are in nanoseconds. ``comment`` is for the reader; empty if there is none.
    """

    kinds: Sequence[Kind]
    samples: Mapping[Stack, Sequence[int]]
    period: Kind
    period_value: int
    began_ns: int
    duration_ns: int
    comment: str = ""


def encode(profile: Profile, program: str) -> bytes:
    """Return the profile of the program of this name in pprof's format."""
    tables = _Tables(program)
    message = tables.message
    message.sample_type.extend(map(tables.value_type, profile.kinds))
    message.period_type.CopyFrom(tables.value_type(profile.period))
    message.period = profile.period_value
    message.time_nanos = profile.began_ns
    message.duration_nanos = profile.duration_ns
    for stack, values in profile.samples.items():
        message.sample.add(location_id=map(tables.location, stack), value=values)
    if profile.comment:
        message.comment.append(tables.text(profile.comment))
    return gzip.compress(message.SerializeToString())


class _Tables:
    """A message under construction; whatever is in its tables is there once."""

    def __init__(self, program: str) -> None:
        self.message = pb.Profile(string_table=[""])
        self._texts = {"": 0}
        self._functions: dict[Place, int] = {}
        self._locations: dict[Place, int] = {}
        self._mapping = self.message.mapping.add(
            id=1,
            filename=self.text(program),
            has_functions=True,
            has_filenames=True,
            has_line_numbers=True,
            has_inline_frames=True,
        )

    def text(self, value: str) -> int:
        if value not in self._texts:
            self._texts[value] = len(self._texts)
            # Names of files may hold bytes that are no text.
            self.message.string_table.append(
                value.encode("utf-8", "replace").decode("utf-8")
            )
        return self._texts[value]

    def value_type(self, kind: Kind) -> pb.ValueType:
        return pb.ValueType(type=self.text(kind.type), unit=self.text(kind.unit))

    def location(self, place: Place) -> int:
        if place not in self._locations:
            self._locations[place] = len(self._locations) + 1
            location = self.message.location.add(
                id=self._locations[place], mapping_id=self._mapping.id
            )
            location.line.add(function_id=self._function(place), line=place.line)
        return self._locations[place]

    def _function(self, place: Place) -> int:
        whole = place._replace(line=0)
        if whole not in self._functions:
            self._functions[whole] = len(self._functions) + 1
            self.message.function.add(
                id=self._functions[whole],
                name=self.text(place.function),
                system_name=self.text(place.function),
                filename=self.text(place.filename),
                start_line=place.first_line,
            )
        return self._functions[whole]
