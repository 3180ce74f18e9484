"""Files of every source format in, the tables of :mod:`poise.model` out."""

from poise.reading.chunks import Chunk, chunks
from poise.reading.inventory import Inventory, find
from poise.reading.parse import parse
from poise.reading.people import PeopleMap
from poise.reading.problems import InputError
from poise.reading.seen import Seen

__all__ = ["Chunk", "InputError", "Inventory", "PeopleMap", "Seen", "chunks", "find", "parse"]
