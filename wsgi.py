"""The WSGI application for servers and the CLI: `wsgi:app`."""

import os
import sys

from config import Config, ConfigError
from screening.app import create_app, create_for_translators, create_without_site
from screening.arbiter import wait_for_files
from screening.authoring.yaml_document import BadQuestions
from screening.commands.error_handling import explain_failure
from screening.libraries import UnsupportedLibrary
from screening.web.logs import log_to_stderr

# Create files readable only by the service user.
os.umask(0o077)
log_to_stderr()

typed = f" {' '.join(sys.argv[1:])} "
try:
    if " keys make " in typed or " version " in typed:
        app = create_without_site()
    else:
        config = Config.from_environment()
        try:
            app = create_app(config)
        except BadQuestions:
            # After a change to the English, translators get the texts before the site can serve them.
            if " questions translate " not in typed:
                raise
            app = create_for_translators(config)
except (BadQuestions, ConfigError, UnsupportedLibrary, OSError) as error:
    reason = explain_failure(error) if isinstance(error, OSError) else str(error)
    if " doctor " in typed:
        app = create_without_site(reason)
    else:
        wait_for_files(reason)
        # Operators need the remedy, not a traceback.
        sys.exit(reason)
