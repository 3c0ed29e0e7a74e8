"""What dashboards are made of: queries, panels, lines and limits, and the frame around them."""
