"""Every table there is, and so everything that is ever written down."""

from __future__ import annotations

from datetime import date

from sqlalchemy import LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Constraints are named, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class QuestionnaireVersion(Base):
    """A questionnaire as it was once served, whole, so that old submissions stay readable.

    `hash`: SHA-256 of `content`. `content`: the files' data as JSON, zlib-compressed. `since`: the day (UTC) it was
    first served; it says nothing about any patient.
    """

    __tablename__ = "questionnaire_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(80))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[date]
