"""folders that the worker follows

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("pattern", sa.String(200), nullable=False),
        sa.Column("step_from", sa.String(200), nullable=False),
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("protocol", sa.JSON(), nullable=False),
        sa.Column("retention", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('following','paused','stopped')", name=op.f("ck_watch_state")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_watch_created_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
    )
    op.create_index(op.f("ix_watch_state"), "watch", ["state"])
    op.create_table(
        "watch_file",
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("let_go_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_file_watch_id_watch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_watch_file_checkpoint_id_checkpoint")
        ),
        sa.PrimaryKeyConstraint("watch_id", "name", name=op.f("pk_watch_file")),
    )
    op.create_index(op.f("ix_watch_file_checkpoint_id"), "watch_file", ["checkpoint_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_watch_file_checkpoint_id"), "watch_file")
    op.drop_table("watch_file")
    op.drop_index(op.f("ix_watch_state"), "watch")
    op.drop_table("watch")
