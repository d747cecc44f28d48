"""Downloads: the parent, its limited child, the egress guard, the lanes and the scratch folder."""
