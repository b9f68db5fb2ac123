"""From the flow graph to stages with narrow interfaces."""
