"""The flows of the system, each declared once, with others of its kind. A new one is one more."""

from tests.torture.flow_clock import CLOCK
from tests.torture.flow_files import FILES
from tests.torture.flow_operator import OPERATOR
from tests.torture.flow_requests import REQUESTS

FLOWS = {each.name: each for each in (*REQUESTS, *FILES, *CLOCK, *OPERATOR)}
