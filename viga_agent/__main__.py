"""`python -m viga_agent` is `viga-agent`."""

import sys

from viga_agent.cli import main

sys.exit(main())
