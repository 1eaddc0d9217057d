"""The application that a server runs: `wsgi:app`."""

import os
import sys

from config import Config, ConfigError
from screening.app import create_app
from screening.arbiter import wait_for_files
from screening.explaining import why
from screening.questionnaire.document import BadQuestions

# What the site writes is for its owner alone.
os.umask(0o077)

try:
    app = create_app(Config.from_environment())
except (BadQuestions, ConfigError, OSError) as error:
    reason = why(error) if isinstance(error, OSError) else str(error)
    wait_for_files(reason)
    # Whoever starts it reads what to mend, not a traceback.
    sys.exit(reason)
