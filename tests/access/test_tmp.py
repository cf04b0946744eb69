import time

from tests.access import cast as c


def test_it(house):
    t = time.time()
    cast = c.gathered()
    print(time.time() - t)
    cl = c.signed_in(cast.here.front_desk)
    for u in ["/en/today/", f"/en/people/{cast.here.ids['person']}/", f"/en/people/{cast.there.ids['person']}/"]:
        t = time.time()
        r = cl.get(u)
        print(u, r.status_code, time.time() - t)
