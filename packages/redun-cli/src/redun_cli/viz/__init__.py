"""Drawings of the record: call graphs and lineage, as SVG, DOT and Mermaid."""
