"""the floor of a metric value says its own n

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("metric_value", sa.Column("floor_n", sa.Integer(), nullable=True))
    # Until now it lay among the parameters.
    op.execute("""UPDATE metric_value SET floor_n = json_extract(parameters, '$."floor n"')""")
    op.execute("""UPDATE metric_value SET parameters = json_remove(parameters, '$."floor n"')""")


def downgrade() -> None:
    op.execute("""UPDATE metric_value SET parameters = json_set(parameters, '$."floor n"', floor_n)""")
    op.drop_column("metric_value", "floor_n")
