"""The scenes that crowds play, by name. A new one is one more of its kind's."""

from tests.torture.scenes import SCENES
from tests.torture.scenes_orders import ORDER_SCENES

CROWDS = (*SCENES, *ORDER_SCENES)
