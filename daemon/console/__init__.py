"""The web console: pages made on the server from the same documents as `/v1`, and forms that send the same commands.

`site` joins the pages (`pages/`, one module each) to the daemon's HTTP edge; `rendering` turns a template and a context
into a response with the headers that keep scripts out; `graph_layout` places a graph's boxes and `graph_picture` says
what is drawn there; `assets` serves the static files under a name made of their content. Everything can be read, and a
run resumed, without JavaScript; the modules in `static/` add what moves: selecting, zooming, live updates, replay.
The console decides nothing: what may be done and why not comes from the daemon's decisions.
"""
