"""The transaction number of a row, under the name by which earlier migrations know it."""

from tongxing.core.transaction_id import TransactionIdField

__all__ = ["TransactionIdField"]
