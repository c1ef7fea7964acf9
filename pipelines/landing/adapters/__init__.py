"""Known formats, one declaration file each; `evenhand land --adapter NAME` finds it by its name."""
