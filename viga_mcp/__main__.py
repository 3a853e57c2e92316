"""`python -m viga_mcp` is `viga-mcp`."""

import sys

from viga_mcp.cli import main

sys.exit(main())
