//! Reading and writing snapshots.
