//! A small element tree over quick-xml with limits, for XML from outside.
