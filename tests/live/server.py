"""The live AWS of the tests: an organization in moto, seen through views. See README.md.

Says in one line of JSON where it is, and ends when its standard input is closed, so that it never outlives its tests.
"""

import argparse
import json
import logging
import sys

from aws import Aws
from control import Control
from seed import seeded
from world import World


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", metavar="FILE", help="write moto's log to this file")
    arguments = parser.parse_args()
    level = logging.INFO if arguments.log else logging.CRITICAL
    logging.basicConfig(filename=arguments.log, level=level, format="%(asctime)s %(name)s %(message)s")
    aws = Aws(World())
    estate = seeded(aws)
    control = Control(aws)
    print(json.dumps({"control": control.url} | estate), flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
